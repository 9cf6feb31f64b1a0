"""The eight steps of a sync, one file each, in this order:

1. `detect`       notices that an item may have changed and registers a sync event (3) in the sync queue
2. `outgoing`     reads the item and makes the replica by the outgoing rules, or finds that there is nothing to say
3. registering is part of 1 and 2: an event is in the queue before anything else happens to it
4. `send`         hands the message to the other node
5. `receive`      registers a sync request in the other node's queue
6. `incoming`     turns the replica into a draft and writes the difference: create or update
7. `acknowledge`  reads back, composes the acknowledgment by the own outgoing rules, and delivers it
8. `settle`       applies the acknowledgment at the source and cleans both queues

Beside them: `situation` (what a step knows), `compose` (an item as told to the other side), `plan` (what a replica
asks to be done) and `carry_out` (doing it, once only).
"""
