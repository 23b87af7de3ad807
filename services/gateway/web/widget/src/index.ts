/**
 * What `<script src="https://HOST/widget.js" data-widget="KEY" async></script>` runs: defines the element and puts one
 * on the page. Every `data-…` of the script becomes an attribute of the element (`data-text-title`, `data-theme`).
 * A page that places `<b2t-chat widget="KEY">` itself leaves `data-widget` out.
 */
import { define, scriptOrigin } from "./chat";

const script = document.currentScript;
define(scriptOrigin());

if (script instanceof HTMLScriptElement && script.dataset.widget !== undefined) {
  const chat = document.createElement("b2t-chat");
  for (const { name, value } of [...script.attributes]) {
    if (name.startsWith("data-")) chat.setAttribute(name.slice("data-".length), value);
  }
  const place = (): void => document.body.append(chat);
  if (document.body === null) document.addEventListener("DOMContentLoaded", place, { once: true });
  else place();
}
