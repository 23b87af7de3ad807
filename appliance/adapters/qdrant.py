"""Vectors in Qdrant: in this process's memory, or on a server where one is configured. The client is the same.

A collection holds one generation of one base and never changes; an alias names the one in use. In memory a collection
is filled, when it is first asked after a start, from what is on disk: Qdrant's own local files, which are pickles, are
never written or read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx
import numpy as np
from qdrant_client import QdrantClient
from qdrant_client import models as q
from qdrant_client.http.exceptions import ApiException

from appliance.errors import Unavailable

BATCH: Final = 512
WITHIN_S: Final = 10


class Vectors:
    def __init__(self, url: str | None, api_key: str | None = None) -> None:
        self.remote = url is not None
        with _translated():
            if url is None:
                self._client = QdrantClient(":memory:")
            else:
                self._client = QdrantClient(url=url, api_key=api_key, timeout=WITHIN_S, check_compatibility=False)

    def holds(self, collection: str, count: int) -> bool:
        """Whether a collection is there, whole."""
        with _translated():
            return self._client.collection_exists(collection) and self._client.count(collection).count == count

    def fill(self, collection: str, vectors: np.ndarray, ids: Sequence[str]) -> None:
        """float32 [n, dimensions], rows of unit length; `ids` are kept beside them. What was there under this name is
        replaced: it can only be half of the same."""
        with _translated():
            if self._client.collection_exists(collection):
                self._client.delete_collection(collection)
            size = q.VectorParams(size=int(vectors.shape[1]), distance=q.Distance.COSINE)
            self._client.create_collection(collection, vectors_config=size)
            for first in range(0, len(ids), BATCH):
                chosen = range(first, min(first + BATCH, len(ids)))
                points = [q.PointStruct(id=n, vector=vectors[n].tolist(), payload={"passage": ids[n]}) for n in chosen]
                self._client.upsert(collection, points, wait=True)

    def name(self, alias: str, collection: str) -> None:
        """From now on `alias` is that collection: one step, with no moment in between."""
        made = q.CreateAliasOperation(create_alias=q.CreateAlias(collection_name=collection, alias_name=alias))
        changes: list[Any] = [made]
        with _translated():
            if any(one.alias_name == alias for one in self._client.get_aliases().aliases):
                changes.insert(0, q.DeleteAliasOperation(delete_alias=q.DeleteAlias(alias_name=alias)))
            self._client.update_collection_aliases(changes)

    def nearest(self, collection: str, vector: np.ndarray, limit: int) -> list[tuple[int, float]]:
        """Places of the nearest vectors with their cosine, nearest first."""
        with _translated():
            found = self._client.query_points(collection, query=vector.tolist(), limit=limit, with_payload=False).points
        return [(int(point.id), float(point.score)) for point in found]

    def drop(self, collection: str) -> None:
        with _translated():
            self._client.delete_collection(collection)

    def collections(self) -> list[str]:
        with _translated():
            return [one.name for one in self._client.get_collections().collections]

    def close(self) -> None:
        self._client.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ApiException, httpx.HTTPError, OSError):
        raise Unavailable("Qdrant does not answer, or not as expected.") from None
