"""What every face of a node calls: plain functions, one subject a file.

They take `Ports` (or the store) and work whether or not a node is running on the same database: nothing here keeps a
lease for longer than one decision takes. Errors are those of `accord.errors`.
"""
