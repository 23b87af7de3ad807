"""`b2t.gateway.accounts`: people's accounts as the command on the box manages them, and the way back in for a house
whose administrators have all lost theirs. The bus lets the operator alone ask."""

from __future__ import annotations

from typing import Any, Final

import structlog
from pydantic import ValidationError

from appliance.access.accounts import Asker
from appliance.access.asking import ACCOUNTS_ANSWERED, ACCOUNTS_ASKED, AccountsAnswered, AccountsAsked
from appliance.errors import B2TError, Invalid
from services.gateway.managing import Managing
from services.gateway.routes.accounts import shown, shown_former, shown_invitation

log = structlog.get_logger(__name__)

SOURCE: Final = "box"


class Operating:
    """`base`: where a browser finds the gateway."""

    def __init__(self, managing: Managing, base: str) -> None:
        self._managing = managing
        self._base = base

    async def answer(self, raw: bytes) -> bytes:
        try:
            answered = AccountsAnswered(answer=await self._do(ACCOUNTS_ASKED.validate_json(raw)))
        except ValidationError:
            answered = AccountsAnswered(
                code="invalid", title="The gateway did not understand the question.", status=400
            )
        except B2TError as error:
            log.warning("account_not_changed", code=error.code, title=error.title)
            answered = AccountsAnswered(code=error.code, title=error.title, status=error.status)
        return ACCOUNTS_ANSWERED.dump_json(answered)

    async def _do(self, asked: AccountsAsked) -> dict[str, Any]:
        asker = Asker.operator(asked.by)
        if asked.operation == "list":
            former = await self._managing.former() if asked.removed else []
            accounts = [shown(one, asker).model_dump() for one in await self._managing.all()]
            return {"accounts": accounts, "removed": [shown_former(one).model_dump() for one in former]}
        if asked.account is None:
            raise Invalid("An account is named.")
        if asked.operation == "invite":
            if asked.role is None:
                raise Invalid("A role is named.")
            made = await self._managing.invite(asker, asked.account, asked.role, SOURCE)
            return shown_invitation(made, asker, self._base).model_dump()
        return await self._change(asker, asked, await self._managing.named(asked.account))

    async def _change(self, asker: Asker, asked: AccountsAsked, id: str) -> dict[str, Any]:
        match asked.operation:
            case "role" if asked.role is not None:
                return shown(await self._managing.change_role(asker, id, asked.role, SOURCE), asker).model_dump()
            case "lock":
                return shown(await self._managing.lock(asker, id, SOURCE), asker).model_dump()
            case "unlock":
                return shown(await self._managing.unlock(asker, id, SOURCE), asker).model_dump()
            case "reset":
                return shown_invitation(await self._managing.reset(asker, id, SOURCE), asker, self._base).model_dump()
            case "remove":
                await self._managing.remove(asker, id, SOURCE)
                return {"removed": id}
        raise Invalid("A role is named.")
