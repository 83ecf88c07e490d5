/**
 * What data sets are like, before any model is trained: {@link dev.horae.study.profile.Profile}
 * counts, {@link dev.horae.study.profile.Profiles} puts several data sets side by side.
 */
@NullMarked
package dev.horae.study.profile;

import org.jspecify.annotations.NullMarked;
