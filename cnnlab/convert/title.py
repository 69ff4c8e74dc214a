"""A name for a network that has none in its code: the comment or heading above it, if it says something."""

from __future__ import annotations

import re

from cnnlab.ground import limits

_MARKED = re.compile(r"^\s*(?:>>>\s*)?#+\s*(?P<words>.+?)\s*#*\s*$|^\s*[\"']{3}(?P<docs>[^\"']+)")
_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*[.:)、]?|step \d+[.:]?|第.{1,3}[步章节][：:]?)\s*", re.IGNORECASE)
_VERB = re.compile(
    r"^(?:(?:now|then|first|next),?\s+)?(?:we\s+)?"
    r"(?:create|build|define|construct|make|set up|design|use|创建|构建|定义|建立|搭建|使用|设计)"
    r"(?:一个|\b)?\s*",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:an?|the|our|my)\s+", re.IGNORECASE)
_ABOUT = re.compile(
    r"net|cnn|mlp|vgg|inception|mnist|cifar|classif|recogni|reader|model|网络|模型|识别|分类", re.IGNORECASE
)
_EMPTY_WORDS = re.compile(
    r"\b(?:the|an?|simple|sequential|neural|convolutional|keras|pytorch|cnn|network|model|architecture|layers?)\b"
    r"|简单|序列|顺序|卷积|神经|网络|模型|结构|架构|的|[\W_]",
    re.IGNORECASE,
)
_FAR = 40  # lines above the network


def title_above(text: str, line: int) -> str:
    """The nearest comment or heading above a line that names a network; empty if there is none."""
    above = text.split("\n")[max(0, line - 1 - _FAR) : line - 1]
    titles = (_title(each) for each in reversed(above))
    return next((title for title in titles if title), "")


def _title(line: str) -> str:
    """The words of a comment or heading, if they say more than 'create the model'."""
    found = _MARKED.match(line)
    if found is None:
        return ""
    words = _NUMBER.sub("", (found["words"] or found["docs"]).strip())
    words = _ARTICLE.sub("", _VERB.sub("", words)).rstrip(" .:;，。：；")
    fits = 2 <= len(words) <= limits.MAX_NAME and words.isprintable()
    return words if fits and _ABOUT.search(words) and _EMPTY_WORDS.sub("", words) else ""
