"""Makes the tiny encoders beside this file, with random weights, and what the reference libraries compute with them.

Not part of the build. Made with torch 2.15, transformers 5.23 and tokenizers 0.23 by
    python generate.py
Each folder is what the hub has of a model, plus expected.safetensors (inputs and results, float32) and, for texts,
texts.json (texts and their token ids).
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig, BertModel, BertTokenizerFast, CLIPConfig, CLIPModel, CLIPVisionConfig, DeiTConfig, DeiTModel,
    Dinov2Config, Dinov2Model, PreTrainedTokenizerFast, RobertaConfig, RobertaModel, ViTConfig, ViTModel,
    XLMRobertaConfig, XLMRobertaModel)

HERE = pathlib.Path(__file__).parent
TEXTS = [
    "Wooden train set, 48 pieces.",
    "Café naïve CAFÉ! 日本 3-D",
    "",
    "it's $5.99 (new)\ttabs\nlines \u00a0 \u200b zero\u0000null \ufffd",
    "Спасибо ΑΒΓ ﬁx Ⅷ ǅ İstanbul 🚂🚂 e\u0301",
    "[CLS] [MASK] [SEP] <s> </s> <mask> <pad>",
    "toy " * 60,
    "supercalifragilistic" * 8,
]
CORPUS = TEXTS + [
    "wooden toys and games for playing children", "trains, puzzles, dolls & bricks", "a set of 12 pieces in a box",
]
TEXT_SHAPE = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20)
IMAGE_SHAPE = dict(TEXT_SHAPE, image_size=16, patch_size=4)


def randomise(model):
    """Every parameter random and none so small that leaving it out would go unseen."""
    torch.manual_seed(2026)
    with torch.no_grad():
        for name, p in model.named_parameters():
            norm = "norm" in name.lower() and name.endswith("weight")
            p.copy_(torch.randn(p.shape) * (0.1 if norm else 0.3) + (1 if norm else 0))
    return model.eval()


def save(model, name, dtype=torch.float32, **how):
    """Saves in dtype, and gives the model the rounded weights."""
    model.to(dtype).save_pretrained(HERE / name, **how)
    return model.float()


def expect(name, **tensors):
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, HERE / name / "expected.safetensors")


def text(name, model, tokenizer, limit, pool, dtype=torch.float32, **how):
    save(randomise(model), name, dtype, **how)
    states, vectors, rows = [], [], []
    for one in TEXTS:
        ids = tokenizer(one, truncation=True, max_length=limit)["input_ids"]
        rows.append({"text": one, "ids": ids})
        out = model(torch.tensor([ids]), output_hidden_states=True)
        states.append(torch.cat(out.hidden_states).transpose(0, 1))  # [tokens, layers + 1, hidden]
        vectors.append(pool(out.last_hidden_state))
    (HERE / name / "texts.json").write_text(json.dumps(rows, indent=1) + "\n")
    expect(name, states=torch.cat(states), vectors=torch.cat(vectors))


def cls(last):
    return last[:, 0]


def mean(last):
    return torch.nn.functional.normalize(last.mean(1))


def sentence_transformers(name):
    """The files by which sentence-transformers says: the mean, normalised, of at most 24 tokens, after 'query: '."""
    folder = HERE / name
    (folder / "1_Pooling").mkdir(exist_ok=True)
    write(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind}
        for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])])
    write(folder / "1_Pooling" / "config.json", {
        "word_embedding_dimension": 12, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False})
    write(folder / "sentence_bert_config.json", {"max_seq_length": 24, "do_lower_case": False})


def write(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def bert():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trained = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.normalizer = normalizers.BertNormalizer()
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trained.train_from_iterator(CORPUS, trainers.WordPieceTrainer(
        vocab_size=150, special_tokens=special, show_progress=False))
    words = [w for w, _ in sorted(trained.get_vocab().items(), key=lambda entry: entry[1])]
    shape = dict(TEXT_SHAPE, vocab_size=len(words), max_position_embeddings=32)

    # Weights of a masked language model, as the oldest models have them: prefix, gamma and beta, a head; half; no tokenizer.json.
    folder = HERE / "bert"
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("".join(w + "\n" for w in words), encoding="utf-8")
    write(folder / "tokenizer_config.json", {"do_lower_case": True, "model_max_length": 32})
    tokenizer = BertTokenizerFast(tokenizer_object=vocabulary(words))
    text("bert", BertModel(BertConfig(**shape)), tokenizer, 32, cls, torch.float16)
    old = {}
    for key, value in load_file(folder / "model.safetensors").items():
        key = key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old["bert." + key] = value
    old["cls.predictions.bias"] = torch.zeros(len(words), dtype=torch.float16)
    save_file(old, folder / "model.safetensors", metadata={"format": "pt"})

    # A sentence encoder in three shards, case kept by its tokenizer, tanh GELU, another epsilon.
    cased = vocabulary(words, lower=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=cased)
    config = BertConfig(**shape, hidden_act="gelu_new", layer_norm_eps=1e-6)
    text("sentence", BertModel(config, add_pooling_layer=False), tokenizer, 24, mean, max_shard_size="8KB")
    cased.enable_padding(length=24)  # as the files of many models have it, and to be ignored
    cased.enable_truncation(8)
    cased.save(str(HERE / "sentence" / "tokenizer.json"))
    sentence_transformers("sentence")


def vocabulary(words, lower=True):
    ids = {w: i for i, w in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens([w for w in words if w in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")])
    return tokenizer


def roberta():
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trained.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    trained.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    (HERE / "roberta").mkdir(exist_ok=True)
    trained.save(str(HERE / "roberta" / "tokenizer.json"))
    config = RobertaConfig(**TEXT_SHAPE, vocab_size=300, max_position_embeddings=34, type_vocab_size=1,
                           pad_token_id=1, bos_token_id=0, eos_token_id=2)
    text("roberta", RobertaModel(config), PreTrainedTokenizerFast(tokenizer_object=trained), 32, cls)

    trained = Tokenizer(models.Unigram())
    trained.normalizer = normalizers.NFKC()
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(CORPUS, trainers.UnigramTrainer(
        vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False))
    trained.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    (HERE / "xlm-roberta").mkdir(exist_ok=True)
    trained.save(str(HERE / "xlm-roberta" / "tokenizer.json"))
    config = XLMRobertaConfig(**TEXT_SHAPE, vocab_size=trained.get_vocab_size(), max_position_embeddings=34,
                              type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2)
    text("xlm-roberta", XLMRobertaModel(config), PreTrainedTokenizerFast(tokenizer_object=trained), 32, cls)


def images():
    torch.manual_seed(7)
    pixels = torch.randn(3, 3, 16, 16)
    for name, model, dtype, pool in [
        ("vit", ViTModel(ViTConfig(**IMAGE_SHAPE)), torch.bfloat16, lambda out: out.last_hidden_state[:, 0]),
        ("deit", DeiTModel(DeiTConfig(**IMAGE_SHAPE)), torch.float32, lambda out: out.last_hidden_state[:, 0]),
        ("dinov2", Dinov2Model(Dinov2Config(**{k: v for k, v in IMAGE_SHAPE.items() if k != "intermediate_size"},
                                            mlp_ratio=2)), torch.float32, lambda out: out.last_hidden_state[:, 0]),
    ]:
        save(randomise(model), name, dtype)
        out = model(pixels, output_hidden_states=True)
        other = {}
        if name == "dinov2":  # a model of pictures of one size that is given smaller ones
            small = pixels[:, :, :12, :12].contiguous()
            other = {"small.pixels": small, "small.vectors": pool(model(small))}
        expect(name, pixels=pixels, states=torch.stack(out.hidden_states, 2), vectors=pool(out), **other)
        write(HERE / name / "preprocessor_config.json", {
            "image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 16}, "resample": 2,
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]})
    clip = CLIPModel(CLIPConfig(
        text_config=dict(TEXT_SHAPE, vocab_size=20, max_position_embeddings=4, projection_dim=6),
        vision_config=dict(IMAGE_SHAPE, projection_dim=6), projection_dim=6))
    save(randomise(clip), "clip")
    tower = clip.vision_model
    out = tower(pixels, output_hidden_states=True)
    expect("clip", pixels=pixels, states=torch.stack(out.hidden_states, 2), vectors=out.pooler_output)


if __name__ == "__main__":
    bert()
    roberta()
    images()
