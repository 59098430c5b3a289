"""The work of each command once its options are read; each file has its command's name."""
