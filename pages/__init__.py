"""The pages of the dashboard, one file each; what they share lives in `pages/ui`."""
