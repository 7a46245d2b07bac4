"""What a learner can be refused. Each carries one sentence that says what to do."""


class Refused(Exception):
    """The act is not possible now; `str()` is the sentence to show."""
