/**
 * Where two models differ, user by user: {@link dev.horae.study.cases.CaseStudy} finds users whom
 * one serves well and another does not, and shows what each saw, ranked, and why.
 */
@NullMarked
package dev.horae.study.cases;

import org.jspecify.annotations.NullMarked;
