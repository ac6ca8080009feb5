"""Speed and memory, measured; never part of the timed tests."""
