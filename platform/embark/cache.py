"""A cache whose errors are misses."""

import logging

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Limits guard sign-in and the API: with the cache away they are counted in a table, never skipped.
KEPT_PREFIXES = ("allauth:rl:", "api:throttle:")


def _kept(key):
    return isinstance(key, str) and key.startswith(KEPT_PREFIXES)


class ForgivingRedisCache(RedisCache):
    def _try(self, name, key, *args, default, **kwargs):
        try:
            return getattr(super(), name)(key, *args, **kwargs)
        except (RedisError, OSError) as error:
            logger.warning("cache %s failed: %s", name, error)
            if _kept(key):
                return getattr(caches["table"], name)(key, *args, **kwargs)
            return default

    def get(self, key, default=None, version=None):
        return self._try("get", key, default, version, default=default)

    def set(self, key, value, *args, **kwargs):
        return self._try("set", key, value, *args, default=None, **kwargs)

    def add(self, key, value, *args, **kwargs):
        return self._try("add", key, value, *args, default=True, **kwargs)

    def touch(self, key, *args, **kwargs):
        return self._try("touch", key, *args, default=False, **kwargs)

    def delete(self, key, *args, **kwargs):
        return self._try("delete", key, *args, default=False, **kwargs)

    def has_key(self, key, *args, **kwargs):
        return self._try("has_key", key, *args, default=False, **kwargs)

    def incr(self, key, *args, **kwargs):
        return self._try("incr", key, *args, default=1, **kwargs)

    def get_many(self, keys, version=None):
        return self._try("get_many", keys, version, default={})

    def set_many(self, data, *args, **kwargs):
        return self._try("set_many", data, *args, default=[], **kwargs)

    def delete_many(self, keys, version=None):
        return self._try("delete_many", keys, version, default=None)

    def clear(self):
        try:
            return super().clear()
        except (RedisError, OSError):
            return False
