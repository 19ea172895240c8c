"""What an image and a label are, and how they are split."""
