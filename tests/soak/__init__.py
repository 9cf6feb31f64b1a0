"""The soak: two real nodes, two real trackers, people who edit both, nodes killed at random, compared from outside.

python -m tests.soak --pair roundup-markdown --edits 500 --kills 20 --seed 1
"""
