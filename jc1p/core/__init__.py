"""What should change, and whether it may: pure. Clock, limits and everything read are passed in."""
