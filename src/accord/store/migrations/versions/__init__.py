"""One module for each revision; their names sort in the order in which they apply."""
