/** The recordings of a conversation's calls: fetched when somebody wants to listen, for that is on record. */
import { Button } from "@base-ui/react/button";
import { type ReactNode, useEffect, useState } from "react";
import { api, type Recording } from "../api";
import { useLoaded } from "../loading";
import { useSubmitting } from "../submitting";
import { duration } from "../words";
import { Alert, Shown } from "./shown";

export function Recordings({ conversation }: { conversation: string }): ReactNode {
  const [loaded, again] = useLoaded(() => api.recordings(conversation), [conversation]);
  if (loaded.state === "loading") return null;
  return (
    <Shown of={loaded} again={again}>
      {({ recordings }) =>
        recordings.length > 0 && (
          <section className="card" aria-labelledby="recordings">
            <h2 id="recordings">{recordings.length === 1 ? "Recording" : "Recordings"}</h2>
            <p className="quiet">
              A tone is over what is personal, silence over what was not recognised. Who listens is on record.
            </p>
            {recordings.map((recording, index) => (
              <Sound key={recording.leg} conversation={conversation} recording={recording} number={index + 1} />
            ))}
          </section>
        )
      }
    </Shown>
  );
}

function Sound(props: { conversation: string; recording: Recording; number: number }): ReactNode {
  const { conversation, recording, number } = props;
  const [address, setAddress] = useState("");
  const { busy, problem, submit } = useSubmitting();
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  const fetchIt = (): Promise<void> =>
    submit(async () => setAddress(URL.createObjectURL(await api.recording(conversation, recording.leg))));
  const name = `Call ${number}, ${duration(recording.seconds)}`;
  return (
    <div className="sound">
      <p>{name}</p>
      {problem !== "" && <Alert>{problem}</Alert>}
      {address === "" ? (
        <Button
          className="button"
          disabled={busy}
          focusableWhenDisabled
          aria-label={`${busy ? "Fetching" : "Listen to"} ${name}`}
          onClick={() => void fetchIt()}
        >
          {busy ? "Fetching…" : "Listen"}
        </Button>
      ) : (
        <>
          {/* biome-ignore lint/a11y/useMediaCaption: what was said stands below as the transcript. */}
          <audio controls autoPlay src={address} aria-label={name} ref={focused} />
          <a className="button" href={address} download={`${conversation}-${recording.leg}.wav`}>
            Save
          </a>
        </>
      )}
    </div>
  );
}

/** The player takes the place of the button that had the focus. */
const focused = (player: HTMLAudioElement | null): void => player?.focus();
