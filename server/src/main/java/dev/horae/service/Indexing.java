package dev.horae.service;

import java.nio.file.Path;

/**
 * Which models are searched by an index.
 *
 * @param above those of more items, where a score is a product of vectors; 0: none
 * @param directory where indexes are kept; made when there is one to keep
 */
public record Indexing(int above, Path directory) {}
