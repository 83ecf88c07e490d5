package dev.horae.web;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Internet addresses that lead to this machine or into a network that is nobody else's business.
 */
public final class PrivateAddresses {

  /** The first bytes of a range of addresses, and how many bits of them count. */
  private record Range(int bits, int... bytes) {
    boolean holds(byte[] address) {
      for (int bit = 0; bit < bits; bit++) {
        int mask = 128 >> bit % 8;
        if ((address[bit / 8] & mask) != (bytes[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Of the registries of special-purpose addresses (RFC 6890 and its updates). */
  private static final List<Range> FOUR =
      List.of(
          new Range(8, 0), // this network
          new Range(10, 100, 64), // shared between the customers of a provider
          new Range(24, 192, 0, 0), // protocol assignments
          new Range(15, 198, 18), // benchmarks
          new Range(4, 240)); // reserved, and broadcast

  private static final List<Range> SIX =
      List.of(
          new Range(7, 0xFC), // unique local
          new Range(32, 0x20, 0x01, 0, 0), // Teredo, whose servers are hidden in the address
          new Range(48, 0, 0x64, 0xFF, 0x9B, 0, 1)); // translation within a network

  /** Where four bytes of an IPv4 address stand in an IPv6 address, by how it begins. */
  private static final List<Range> CARRIES =
      List.of(
          new Range(96, new int[12]),
          new Range(96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF),
          new Range(96, 0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0));

  private static final Range SIX_TO_FOUR = new Range(16, 0x20, 0x02);

  private PrivateAddresses() {}

  /** {@return whether an address is one of these} */
  public static boolean holds(InetAddress address) {
    if (address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()) {
      return true;
    }
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      return FOUR.stream().anyMatch(range -> range.holds(bytes));
    }
    if (SIX.stream().anyMatch(range -> range.holds(bytes))) {
      return true;
    }
    if (CARRIES.stream().anyMatch(range -> range.holds(bytes))) {
      return holds(four(bytes, 12));
    }
    return SIX_TO_FOUR.holds(bytes) && holds(four(bytes, 2));
  }

  private static InetAddress four(byte[] bytes, int from) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}
