"""What can go wrong with the embedded servers; each message is one sentence that says what to do."""


class ServiceError(Exception):
    """A server that the site needs can't be started."""


class UnsupportedSystem(ServiceError):
    """The embedded servers don't run on this operating system."""


class UnusableDirectory(ServiceError):
    """`var/` or the socket directory can't be used as it is."""


class DiskFull(ServiceError):
    """Too little space is left beside the data."""


class OtherVersion(ServiceError):
    """The data directory was made by another major version."""


class CorruptedData(ServiceError):
    """The data directory is incomplete or damaged."""


class AlreadyServed(ServiceError):
    """A server that isn't ours works on the same data or the same socket."""


class NoUnprivilegedUser(ServiceError):
    """PostgreSQL refuses to run as root and no way to be someone else was found."""


class StartFailed(ServiceError):
    """The server ended, or didn't become ready in time, for any other reason."""


BY_NAME = {
    error.__name__: error
    for error in (
        ServiceError,
        UnsupportedSystem,
        UnusableDirectory,
        DiskFull,
        OtherVersion,
        CorruptedData,
        AlreadyServed,
        NoUnprivilegedUser,
        StartFailed,
    )
}
