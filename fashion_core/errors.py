"""What can go wrong in the world outside the code, each with a sentence for the user."""


class FashionError(Exception):
    """Base of all errors whose text is written for the person at the screen."""


class DataError(FashionError):
    """The data set is missing, damaged or cannot be unpacked."""


class StoreError(FashionError):
    """The run store cannot be read or written, or a run does not exist."""


class DamagedFileError(StoreError):
    """A file of a run does not have the content that was written."""


class RefusedZipError(StoreError):
    """A zip is not taken in: it is no run of this program, or not as this program wrote it."""


class MissingPackageError(FashionError):
    """A package that only one command needs is not installed."""


class RefusedPictureError(FashionError):
    """A picture of somebody's own is not taken in: wrong kind, too large, damaged, or empty."""
