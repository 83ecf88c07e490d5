package dev.horae.service;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An item as the server knows it now: the model's catalogue, and over it what the shop said since.
 *
 * @param image address of its picture; empty when there is none
 * @param expiresAt seconds since 1970-01-01 UTC; null: never
 * @param events how often it stands among training events and those that came since
 * @param inModel whether the model's catalogue has it
 * @param encoded whether the model can score it
 * @param version of what the shop said, for {@code If-Match}; 0 when it said nothing
 */
public record ItemView(
    String item,
    String title,
    String brand,
    List<String> categories,
    String image,
    boolean available,
    boolean hidden,
    @Nullable Long expiresAt,
    Map<String, Object> properties,
    long events,
    boolean inModel,
    boolean encoded,
    long version) {}
