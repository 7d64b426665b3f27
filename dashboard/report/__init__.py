"""The printable report of the segmentation in use: what it says, its pictures, and the two forms it is printed in."""
