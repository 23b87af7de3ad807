/** Every text the widget shows, in one place. A page overrides one with an attribute: `text-placeholder="Ask us"`. */

const en = {
  title: "Chat",
  open: "Open chat",
  openUnread: "Open chat, {count} new",
  close: "Close chat",
  intro: "You are writing to an automated assistant. Never type a PIN or password into the message box.",
  transcript: "Conversation",
  you: "You",
  agent: "Assistant",
  label: "Your message",
  placeholder: "Write a message",
  send: "Send",
  left: "{count} characters left",
  over: "{count} characters too many. A message has at most {limit}.",
  sending: "Sending…",
  sent: "Sent",
  failed: "Not sent.",
  retry: "Try again",
  writing: "The assistant is writing",
  connecting: "Connecting…",
  unreachable: "The chat cannot be reached from here. Trying again; what you write is kept and sent then.",
  reconnecting: "Connection lost. Trying again; what you write is kept and sent then.",
  offline: "You are offline. What you write is sent when you are back.",
  back: "Connected again.",
  refused: "The chat is not available here.",
  reconnect: "Connect again",
  ended: "This conversation has ended.",
  restart: "Start a new conversation",
  end: "End conversation",
  endReally: "End this conversation? What has been said so far cannot be gone on with then.",
  endNot: "Go on",
  phone: "Continue by phone",
  phoneTitle: "Continue by phone",
  phoneAsk: "Getting a code…",
  phoneHow: "Call {number} and key in this code when the assistant answers. You go on where you are now.",
  phoneHowNoNumber: "Call us and key in this code when the assistant answers. You go on where you are now.",
  phoneCode: "One-time code",
  phoneLeft: "Valid for {time}",
  phoneExpired: "This code has expired.",
  phoneNew: "Get a new code",
  phoneClose: "Close",
  phoneFailed: "No code can be given right now.",
  secureTitle: "Secure entry",
  securePin: "Your PIN",
  secureOther: "Your digits",
  secureHow: "{min} to {max} digits. They are encrypted on this device and do not appear in the conversation.",
  secureHowExact: "{min} digits. They are encrypted on this device and do not appear in the conversation.",
  secureSend: "Submit securely",
  secureCancel: "Cancel",
  secureShort: "Enter {min} to {max} digits.",
  secureShortExact: "Enter {min} digits.",
  secureSending: "Sending securely…",
  secureDone: "Entered securely",
  secureCancelled: "Secure entry cancelled",
  secureFailed: "That could not be delivered. Please enter it again.",
  secureImpossible:
    "This page is not served over HTTPS, so your browser cannot encrypt what you would enter here. Nothing can be entered safely. Open the page over HTTPS, or cancel and use the phone.",
};

export type Texts = { readonly [K in keyof typeof en]: string };

const de: Texts = {
  title: "Chat",
  open: "Chat öffnen",
  openUnread: "Chat öffnen, {count} neu",
  close: "Chat schließen",
  intro:
    "Sie schreiben mit einem automatischen Assistenten. Geben Sie im Nachrichtenfeld nie eine PIN oder ein Passwort ein.",
  transcript: "Gespräch",
  you: "Sie",
  agent: "Assistent",
  label: "Ihre Nachricht",
  placeholder: "Nachricht schreiben",
  send: "Senden",
  left: "Noch {count} Zeichen",
  over: "{count} Zeichen zu viel. Eine Nachricht hat höchstens {limit}.",
  sending: "Wird gesendet …",
  sent: "Gesendet",
  failed: "Nicht gesendet.",
  retry: "Erneut versuchen",
  writing: "Der Assistent schreibt",
  connecting: "Verbindung wird aufgebaut …",
  unreachable:
    "Der Chat ist von hier nicht erreichbar. Es wird weiter versucht; was Sie schreiben, wird danach gesendet.",
  reconnecting: "Verbindung unterbrochen. Sie wird neu aufgebaut; was Sie schreiben, wird danach gesendet.",
  offline: "Sie sind offline. Was Sie schreiben, wird gesendet, sobald Sie wieder verbunden sind.",
  back: "Wieder verbunden.",
  refused: "Der Chat ist hier nicht verfügbar.",
  reconnect: "Erneut verbinden",
  ended: "Dieses Gespräch ist beendet.",
  restart: "Neues Gespräch beginnen",
  end: "Gespräch beenden",
  endReally: "Dieses Gespräch beenden? Das bisher Gesagte kann dann nicht fortgesetzt werden.",
  endNot: "Weiter",
  phone: "Am Telefon fortsetzen",
  phoneTitle: "Am Telefon fortsetzen",
  phoneAsk: "Code wird angefordert …",
  phoneHow:
    "Rufen Sie {number} an und geben Sie diesen Code ein, sobald der Assistent antwortet. Es geht dort weiter, wo Sie jetzt sind.",
  phoneHowNoNumber:
    "Rufen Sie uns an und geben Sie diesen Code ein, sobald der Assistent antwortet. Es geht dort weiter, wo Sie jetzt sind.",
  phoneCode: "Einmalcode",
  phoneLeft: "Noch {time} gültig",
  phoneExpired: "Dieser Code ist abgelaufen.",
  phoneNew: "Neuen Code anfordern",
  phoneClose: "Schließen",
  phoneFailed: "Im Moment kann kein Code vergeben werden.",
  secureTitle: "Sichere Eingabe",
  securePin: "Ihre PIN",
  secureOther: "Ihre Ziffern",
  secureHow: "{min} bis {max} Ziffern. Sie werden auf diesem Gerät verschlüsselt und erscheinen nicht im Gespräch.",
  secureHowExact: "{min} Ziffern. Sie werden auf diesem Gerät verschlüsselt und erscheinen nicht im Gespräch.",
  secureSend: "Sicher absenden",
  secureCancel: "Abbrechen",
  secureShort: "Geben Sie {min} bis {max} Ziffern ein.",
  secureShortExact: "Geben Sie {min} Ziffern ein.",
  secureSending: "Wird sicher gesendet …",
  secureDone: "Sicher eingegeben",
  secureCancelled: "Sichere Eingabe abgebrochen",
  secureFailed: "Das konnte nicht zugestellt werden. Bitte geben Sie es erneut ein.",
  secureImpossible:
    "Diese Seite wird nicht über HTTPS ausgeliefert, daher kann Ihr Browser die Eingabe nicht verschlüsseln. Hier kann nichts sicher eingegeben werden. Öffnen Sie die Seite über HTTPS, oder brechen Sie ab und nutzen Sie das Telefon.",
};

const languages: Record<string, Texts> = { en, de };

const attribute = (key: string): string => `text-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The texts of a language (English where it has none), with what `override` says of single ones, such as `text-send`. */
export function textsFor(language: string, override: (attribute: string) => string | null): Texts {
  const texts: Record<string, string> = { ...(languages[language.slice(0, 2).toLowerCase()] ?? en) };
  for (const key of Object.keys(texts)) {
    const own = override(attribute(key));
    if (own !== null) texts[key] = own;
  }
  return texts as Texts;
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
