"""A tracker in memory: the smallest example of a connector, and as awkward as real trackers where a test asks for it.

`MemoryTracker` is the connector; its `person_...` methods are what people do at the tracker by other means.
`Behaviour` switches what trackers do at their worst. `deeds` tells what was done, by whom, in which order.
"""

from accord.testing.memory.behaviour import Behaviour
from accord.testing.memory.deeds import Deed
from accord.testing.memory.tracker import MemoryTracker

__all__ = ["Behaviour", "Deed", "MemoryTracker"]
