"""For tests of Accord, of connectors and of rules: shipped, so that others can use it too."""
