/**
 * YAML to records and back. A record component may have a {@link dev.horae.config.Default} and a
 * {@link dev.horae.config.Doc}; rules about values stand in the record's constructor as {@link
 * dev.horae.config.InvalidValue#unless}; {@link dev.horae.config.ConfigReader} adds the place and
 * reports all problems at once.
 *
 * <p>Spelling: {@code learningRate} is the key {@code learning_rate}; the enum constant {@code
 * FULL_SOFTMAX} is {@code full-softmax}; the record {@code DifSr.Config} is {@code type: dif-sr}.
 */
@NullMarked
package dev.horae.config;

import org.jspecify.annotations.NullMarked;
