/** The demo page's own script: whom to call comes from the widget's configuration; who is not signed in is sent to. */

const WIDGET = "demo";

async function main(): Promise<void> {
  const session = await fetch("/v1/session");
  if (session.status === 401) {
    window.location.replace("/sign-in?next=/demo");
    return;
  }
  const answer = await fetch(`/v1/widget/config/${WIDGET}`);
  if (!answer.ok) {
    complain(`There is no widget “${WIDGET}” in this box’s configuration.`);
    return;
  }
  const { phone_number: number } = (await answer.json()) as { phone_number: string | null };
  const link = document.querySelector<HTMLAnchorElement>("#number");
  const call = document.querySelector<HTMLElement>("#call");
  if (number === null || link === null || call === null) return;
  link.href = `tel:${number.replace(/[^\d+*#]/g, "")}`;
  link.textContent = number;
  call.hidden = false;
}

function complain(sentence: string): void {
  const trouble = document.querySelector<HTMLElement>("#trouble");
  if (trouble === null) return;
  trouble.textContent = sentence;
  trouble.hidden = false;
}

main().catch(() => complain("The box cannot be reached. Load the page again."));
