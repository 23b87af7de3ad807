"""How a leg comes to be: a new conversation, or the one a resume token names; the way in of widget and API."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.access.tokens import derived_id, new_id
from appliance.config import ChannelsConfig
from appliance.errors import Unavailable, Unknown
from appliance.events import Attach, Channel, LegAttached, LegDetached, LegMoved, Start
from services import faults
from services.gateway.desk import Seat
from services.gateway.dialogue_client import DialogueClient
from services.gateway.followers import Replies
from services.gateway.resumes import Resume, Resumes
from services.gateway.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Opened:
    seat: Seat
    resume: str | None
    agent: str


@dataclass(frozen=True, slots=True)
class Met:
    """What a widget shows of the agent behind it."""

    title: str
    phone_number: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """The ids of a start: made by chance, or from what its asker calls it, so that asked again it is the same one."""

    conversation: str = field(default_factory=new_id)
    leg: str = field(default_factory=new_id)
    input_id: str = field(default_factory=new_id)

    @classmethod
    def after(cls, name: str) -> Named:
        return cls(*(derived_id(f"start/{part}/{name}") for part in ("conversation", "leg", "input")))


class Opening:
    def __init__(self, dialogue: DialogueClient, replies: Replies, resumes: Resumes, channels: ChannelsConfig) -> None:
        self._dialogue = dialogue
        self._replies = replies
        self._resumes = resumes
        self._channels = channels

    async def chat(self, ticket: Ticket) -> Opened:
        """Raises Unavailable, Unknown for a widget that is not there any more, and what dialogue refuses with."""
        widget = self._channels.widgets.get(ticket.widget)
        if widget is None:
            raise Unknown("There is no such widget.")
        if ticket.conversation is not None and ticket.leg is not None:
            conversation, leg = ticket.conversation, ticket.leg
            await self._go_on(conversation, leg, ticket.account)
        else:
            conversation, leg = await self._begin(Channel.CHAT, ticket.locale, ticket.account, widget=ticket.widget)
            faults.point("gateway.started")
        resume = await self._resumes.make(Resume(conversation, leg, ticket.widget, ticket.account))
        faults.point("gateway.resumable")
        met = await self.met_at(ticket.widget, widget.agent)
        return Opened(Seat(conversation, leg, met.phone_number), resume, met.title)

    async def api(self, agent: str, locale: str, account: str, id: str | None) -> tuple[str, str]:
        """A conversation for an API's user, the same one for the same `id` of theirs; its id and that of its leg."""
        named = Named() if id is None else Named.after(f"{account}/{id}")
        return await self._begin(Channel.API, locale, account, agent=agent, named=named)

    async def title(self, agent: str) -> str:
        """What the agent is called, as far as dialogue says so now."""
        try:
            found = await self._dialogue.agent(agent)
        except (Unavailable, Unknown):
            return agent
        return found.title

    async def met_at(self, widget: str, configured: str) -> Met:
        """The agent that a widget's new conversations get, and the number it answers at; as configured where dialogue
        says nothing."""
        try:
            agents = await self._dialogue.agents()
        except Unavailable:
            agents = ()
        named = next((agent for agent in agents if agent.name == configured), None)
        found = next((agent for agent in agents if widget in agent.deployments.widgets), named)
        if found is None:
            return Met(configured, self._configured_number(configured))
        numbers = found.deployments.numbers if any(agent.deployments.numbers for agent in agents) else None
        if numbers is None:
            return Met(found.title, self._configured_number(found.name))
        return Met(found.title, next(iter(numbers), None))

    async def title_of(self, conversation: str) -> str:
        """What the conversation's agent is called; nothing as long as it has none."""
        batches = await self._replies.read(conversation)
        return await self.title(batches[0][1].agent) if batches else ""

    def _configured_number(self, agent: str) -> str | None:
        return next((number for number, name in self._channels.numbers.items() if name == agent), None)

    async def _begin(
        self,
        channel: Channel,
        locale: str,
        account: str | None,
        *,
        agent: str | None = None,
        widget: str | None = None,
        named: Named | None = None,
    ) -> tuple[str, str]:
        """A new conversation with an agent by its name or its widget's; its id and that of its leg."""
        named = named or Named()
        accepted = await self._dialogue.accept(
            Start(
                input_id=named.input_id,
                conversation=named.conversation,
                leg=named.leg,
                channel=channel,
                agent=agent,
                widget=widget,
                locale=locale,
                account=account,
            )
        )
        return accepted.conversation, named.leg

    async def _go_on(self, conversation: str, leg: str, account: str | None) -> None:
        """Attach the leg again where the log says that it has left."""
        attached = ended = False
        for _, batch in await self._replies.read(conversation):
            for event in batch.events:
                if isinstance(event, LegAttached) and event.leg == leg:
                    attached = True
                elif isinstance(event, LegDetached | LegMoved) and event.leg == leg:
                    attached = False
                ended = ended or event.kind == "conversation_ended"
        if attached or ended:
            return
        await self._dialogue.accept(
            Attach(input_id=new_id(), conversation=conversation, leg=leg, channel=Channel.CHAT, account=account)
        )
