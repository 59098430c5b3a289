"""What each command does once its options are read; a file here has its command's name."""
