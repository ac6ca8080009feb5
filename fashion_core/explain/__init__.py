"""What needs the network again: where it looked, and what a picture looks like to it."""
