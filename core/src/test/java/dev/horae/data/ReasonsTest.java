package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No class of Java and no stack of a library in a message, one line each. */
class ReasonsTest {

  @Test
  void everyReasonIsWordsOnOneLine() {
    Map<Exception, String> reasons = new LinkedHashMap<>();
    reasons.put(new NoSuchFileException("a"), "no such file");
    reasons.put(new FileNotFoundException("a (No such file or directory)"), "no such file");
    reasons.put(new FileNotFoundException("a"), "no such file");
    reasons.put(new FileNotFoundException("a (1) (Permission denied)"), "Permission denied");
    reasons.put(new AccessDeniedException("a"), "permission denied");
    reasons.put(new FileAlreadyExistsException("a"), "there is something of that name already");
    reasons.put(
        new FileSystemException("a", null, "No space left on device"), "No space left on device");
    reasons.put(new IOException(), "IOException");
    reasons.put(
        new RuntimeException("unable to open\nException raised from c10"), "unable to open");
    reasons.put(
        new UncheckedIOException(new AccessDeniedException("a/b")), "a/b: permission denied");
    reasons.put(
        new DirectoryIteratorException(new IOException("Stale file handle")), "Stale file handle");
    reasons.forEach((e, reason) -> assertThat(Reasons.of(e)).as("%s", e).isEqualTo(reason));
  }
}
