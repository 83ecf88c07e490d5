/**
 * Texts and pictures to vectors: the embedded MiniLM, and BERT-like and ViT-like networks read from
 * the directories of a Hugging Face hub ({@link dev.horae.encoder.Hub}).
 */
@NullMarked
package dev.horae.encoder;

import org.jspecify.annotations.NullMarked;
