"""Every technique of the field behind one protocol; `recommender.zoo.base` holds it and the registry."""
