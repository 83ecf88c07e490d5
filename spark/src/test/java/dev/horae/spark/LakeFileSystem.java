package dev.horae.spark;

import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The files of this machine under addresses {@code lake://shop/...}, which are not local ones. */
public final class LakeFileSystem extends RawLocalFileSystem {

  private static final URI LAKE = URI.create("lake://shop");

  @Override
  public void initialize(URI uri, Configuration conf) throws java.io.IOException {
    super.initialize(LAKE, conf);
    setConf(conf);
  }

  @Override
  public URI getUri() {
    return LAKE;
  }

  @Override
  public String getScheme() {
    return "lake";
  }
}
