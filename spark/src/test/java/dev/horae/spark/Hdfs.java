package dev.horae.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** An HDFS of a name node and a data node in this process, once for all tests. */
final class Hdfs {

  private static FileSystem files;

  private Hdfs() {}

  private static synchronized FileSystem files() throws IOException {
    if (files == null) {
      Path disk = Files.createTempDirectory("horae-spark-hdfs");
      Configuration conf = new Configuration();
      conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.toString());
      MiniDFSCluster cluster = new MiniDFSCluster.Builder(conf).numDataNodes(1).build();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(cluster, disk)));
      files = cluster.getFileSystem();
    }
    return files;
  }

  private static void stop(MiniDFSCluster cluster, Path disk) {
    cluster.shutdown();
    TrainedShop.delete(disk);
  }

  /** {@return the address of a path} */
  static String address(String path) throws IOException {
    return files().getUri() + path;
  }

  /** Copies a file or a folder of this machine to an address. */
  static void put(Path local, String address) throws IOException {
    files().copyFromLocalFile(hadoop(local), new org.apache.hadoop.fs.Path(address));
  }

  /** Copies what lies at an address to this machine. */
  static Path get(String address, Path local) throws IOException {
    files().copyToLocalFile(false, new org.apache.hadoop.fs.Path(address), hadoop(local), true);
    return local;
  }

  private static org.apache.hadoop.fs.Path hadoop(Path local) {
    return new org.apache.hadoop.fs.Path(local.toUri());
  }

  /** {@return what a folder holds, in order} */
  static List<String> names(String address) throws IOException {
    return Arrays.stream(files().listStatus(new org.apache.hadoop.fs.Path(address)))
        .map(FileStatus::getPath)
        .map(org.apache.hadoop.fs.Path::getName)
        .toList();
  }
}
