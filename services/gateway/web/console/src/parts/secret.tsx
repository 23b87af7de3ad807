/** Something that is shown this once: to be copied, and gone when its dialog closes. */
import { Button } from "@base-ui/react/button";
import { type ReactNode, useState } from "react";

/** `children` close the dialog. */
export function Secret({ text, children }: { text: string; children: ReactNode }): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <>
      <p className="secret">
        <code>{text}</code>
      </p>
      <p className="quiet" role="status">
        {copied ? "Copied." : ""}
      </p>
      <div className="actions">
        {/* Browsers give the clipboard to pages under HTTPS only; elsewhere it is marked and copied by hand. */}
        {navigator.clipboard !== undefined && (
          <Button className="button" onClick={() => void copy()}>
            Copy
          </Button>
        )}
        {children}
      </div>
    </>
  );
}
