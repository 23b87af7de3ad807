"""What may be asked on `b2t.retrieval.ask` and `b2t.retrieval.manage`, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

ASK_SUBJECT: Final = "b2t.retrieval.ask"
MANAGE_SUBJECT: Final = "b2t.retrieval.manage"
HOLD_SUBJECT: Final = "b2t.retrieval.hold"
"""Documents of a version that is about to be published, and nothing else that can be managed."""
MANAGED_WITHIN_S: Final = 280.0
"""A long document takes minutes to be read and embedded."""

BaseName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47})?$")]
"""`NAME`, a base of the box, or `AGENT.NAME`, one that an agent brings in its folder."""
DocumentName = Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f]{1,200}$")]
Generation = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


@dataclass(frozen=True, slots=True)
class Ask:
    """`question` is redacted text. Bases that are not there are passed over."""

    question: Annotated[str, Field(min_length=1, max_length=8000)]
    bases: Annotated[tuple[BaseName, ...], Field(min_length=1, max_length=64)]
    generations: dict[BaseName, Generation] = field(default_factory=dict)
    """Of an agent's own bases: as they were when its version was published."""
    limit: Annotated[int, Field(ge=1, le=20)] = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, with why it was found."""

    id: str
    base: str
    source: str
    text: str
    confidence: float
    cosine: float
    covered: float


@dataclass(frozen=True, slots=True)
class Answered:
    """`text` is quoted word for word from the passage `citations` names."""

    text: str
    source: str
    citations: tuple[str, ...]
    confidence: float
    found: tuple[Found, ...] = ()
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class NothingKnown:
    """What was found does not answer the question."""

    found: tuple[Found, ...] = ()
    kind: Literal["nothing"] = "nothing"


@dataclass(frozen=True, slots=True)
class Refused:
    code: str
    title: str
    retryable: bool = False
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class AddDocument:
    """`incoming` is a file's name in the data folder's `retrieval/incoming`; it is taken from there."""

    base: BaseName
    name: DocumentName
    incoming: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    language: LanguageCode | None = None
    """Of the base, where it is new; English, where none is said."""
    kind: Literal["add"] = "add"


@dataclass(frozen=True, slots=True)
class RemoveDocument:
    """A document, or the whole base where none is named."""

    base: BaseName
    name: DocumentName | None = None
    kind: Literal["remove"] = "remove"


@dataclass(frozen=True, slots=True)
class Reindex:
    """Read, cut and embed anew, and use the new index once it is whole. All bases where none is named."""

    base: BaseName | None = None
    kind: Literal["reindex"] = "reindex"


@dataclass(frozen=True, slots=True)
class HoldDocuments:
    """The documents of a version that is about to be published: answered from by conversations with that version, even
    where the agent's own folder has others, or is not on this box. Document → file in `retrieval/incoming`."""

    base: BaseName
    documents: Annotated[
        dict[DocumentName, Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]], Field(min_length=1, max_length=1000)
    ]
    language: LanguageCode = "en"
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class ListBases:
    kind: Literal["list"] = "list"


Order = Annotated[AddDocument | RemoveDocument | Reindex | HoldDocuments | ListBases, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    name: str
    size: int
    added: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class BaseRow:
    name: str
    language: str
    generation: str
    passages: int
    documents: tuple[DocumentRow, ...]
    of_agent: bool = False
    problems: tuple[str, ...] = ()
    """Documents of an agent's folder that cannot be read, a sentence each."""


@dataclass(frozen=True, slots=True)
class Bases:
    bases: tuple[BaseRow, ...]
    kind: Literal["bases"] = "bases"


Reply = Annotated[Answered | NothingKnown | Refused, Field(discriminator="kind")]
Managed = Annotated[Bases | Refused, Field(discriminator="kind")]
ASK: TypeAdapter[Ask] = TypeAdapter(Ask)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
ORDER: TypeAdapter[Order] = TypeAdapter(Order)
MANAGED: TypeAdapter[Managed] = TypeAdapter(Managed)
