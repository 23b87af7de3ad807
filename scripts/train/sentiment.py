"""Trains the head that says how a turn is said, from the sentences of `sentiment_phrases.py` put together.

python scripts/train/sentiment.py [--out models/understanding/sentiment.npz]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts" / "train")]

from sentiment_phrases import LANGUAGES, WORDS  # noqa: E402

from appliance.agents.loading import TEMPLATES, load_agent  # noqa: E402
from appliance.agents.phrases import examples  # noqa: E402
from models import PREPARED  # noqa: E402
from models.embedding.ctranslate2 import MiniLM  # noqa: E402
from models.understanding.background import EXAMPLES  # noqa: E402
from models.understanding.sentiment import HEAD, MOODS, features  # noqa: E402

FELT = frozenset("love stupid bored tired delicious hungry sick headache loud".split())  # noqa: SIM905
NOT_PLAIN = frozenset({"human", "complaint", "thanks", "goodbye", "anger", "out_of_scope"})
TOGETHER = 90
"""Sentences made of a wish and a feeling, by language and mood."""


def sentences(chance: random.Random) -> list[tuple[str, str, str]]:
    """(text, language, mood): each phrase alone, and beside a wish; now and then loud or with exclamation marks."""
    made: list[tuple[str, str, str]] = []
    for language, phrases in LANGUAGES.items():
        for mood, words in WORDS.get(language, {}).items():
            made += [(word, language, mood) for word in words.split() for _ in range(2)]
            made += [(f"{chance.choice(phrases['plain'])} {word}", language, mood) for word in words.split()]
        for mood in MOODS:
            own = phrases[mood]
            made += [(phrase, language, mood) for phrase in own for _ in range(2 if mood == "plain" else 1)]
            for _ in range(TOGETHER):
                feeling, wish = chance.choice(own), chance.choice(phrases["plain"])
                other = chance.choice(phrases[mood])
                text = chance.choice((f"{feeling} {wish}", f"{wish} {feeling}", f"{feeling} {other}"))
                if mood == "plain":
                    text = f"{wish} {other}"
                made.append((_as_written(text, mood, chance), language, mood))
            if mood == "plain":  # thanks within a wish are manners
                made += [(f"{wish} {phrases['glad'][0]}", language, "plain") for wish in phrases["plain"][:8]]
    asked = [text for text in EXAMPLES if not any(word in text.split() for word in FELT)]
    said = [text for path in sorted(TEMPLATES.glob("*/agent.yaml")) for text in _said(path.parent)]
    made += [(_as_written(text, "plain", chance), "en", "plain") for text in asked + said]
    return made


def _said(folder: Path) -> list[str]:
    """What parties say to a shipped agent that says nothing of how they feel."""
    found = examples(load_agent(folder).agent)
    return [text for name, texts in found.items() if name not in NOT_PLAIN for text in texts]


def _as_written(text: str, mood: str, chance: random.Random) -> str:
    drawn = chance.random()
    if drawn < 0.3:
        text = text[0].upper() + text[1:] + "."
    elif drawn < (0.6 if mood == "angry" else 0.35):
        text += "!!!"
    elif drawn < (0.75 if mood == "angry" else 0.4):
        text = text.upper()
    return text


def main() -> None:
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HEAD)
    out: Path = parser.parse_args().out
    made = sentences(random.Random(0))  # noqa: S311 - the same every time
    with tempfile.TemporaryDirectory() as cache:
        seen = features(MiniLM(Path(cache), prepared=PREPARED), [(text, language) for text, language, _ in made])
    targets = np.array([MOODS.index(mood) for _, _, mood in made])
    model = LogisticRegression(C=4.0, max_iter=500, class_weight="balanced").fit(seen, targets)
    np.savez_compressed(out, weights=model.coef_.T.astype(np.float16), bias=model.intercept_.astype(np.float32))
    print(f"{len(made)} sentences, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
