package dev.horae.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why something could not be read or written, in words: Java often gives only the path. */
public final class Reasons {

  /** Older classes say all that goes wrong with one exception: {@code path (reason)}. */
  private static final Pattern IN_BRACKETS = Pattern.compile("\\(([A-Z][^()]*)\\)$");

  private Reasons() {}

  /**
   * {@return such as {@code no such file}; one line, without the path when that was to be read}
   *
   * @param e also of a library, whose stack may stand below its first line
   */
  public static String of(Throwable e) {
    if ((e instanceof UncheckedIOException || e instanceof DirectoryIteratorException)
        && e.getCause() instanceof IOException cause) {
      return below(cause);
    } else if (e instanceof FileNotFoundException) {
      Matcher reason = IN_BRACKETS.matcher(String.valueOf(e.getMessage()));
      return reason.find() && !reason.group(1).startsWith("No such file")
          ? reason.group(1)
          : "no such file";
    } else if (e instanceof NoSuchFileException) {
      return "no such file";
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof NotDirectoryException) {
      return "not a directory";
    } else if (e instanceof DirectoryNotEmptyException) {
      return "the directory is not empty";
    } else if (e instanceof FileSystemLoopException) {
      return "symbolic links in a circle";
    } else if (e instanceof CharacterCodingException) {
      return "not UTF-8 text";
    } else if (e instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason();
    } else if (e instanceof FileAlreadyExistsException) {
      return "there is something of that name already";
    }
    String message = e.getMessage();
    return message == null || message.isBlank()
        ? e.getClass().getSimpleName()
        : message.lines().findFirst().orElse("").strip();
  }

  /** What a walk through folders met somewhere in them. */
  private static String below(IOException e) {
    return e instanceof FileSystemException file && file.getFile() != null
        ? file.getFile() + ": " + of(e)
        : of(e);
  }
}
