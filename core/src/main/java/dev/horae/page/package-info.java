/** What results are shown with, whatever they are of: tables of text, and pages. */
package dev.horae.page;
