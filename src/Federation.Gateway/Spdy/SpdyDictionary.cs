using System.Buffers.Binary;
using System.Text;

namespace Federation.Gateway.Spdy;

/// <summary>The words that header compression begins with (SPDY/3, section 2.6.10.1): each of the first ones after its length, then a run of text.</summary>
internal static class SpdyDictionary
{
    /// <summary>Adler-32 of the dictionary: a zlib stream names by it which one it was made with (RFC 1950, section 2.2).</summary>
    public const uint Id = 0xE3C6A7C2;

    private static readonly string[] Names =
    [
        "options", "head", "post", "put", "delete", "trace", "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "age", "allow",
        "authorization", "cache-control", "connection", "content-base", "content-encoding", "content-language", "content-length", "content-location", "content-md5",
        "content-range", "content-type", "date", "etag", "expect", "expires", "from", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
        "if-unmodified-since", "last-modified", "location", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "range", "referer", "retry-after",
        "server", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning", "www-authenticate", "method", "get", "status", "200 OK",
        "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin",
    ];

    private const string Text =
        "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
        "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error" +
        "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
        "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch" +
        "charset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

    public static byte[] Bytes { get; } = Build();

    private static byte[] Build()
    {
        var bytes = new byte[Names.Sum(name => sizeof(int) + name.Length) + Text.Length];
        var rest = bytes.AsSpan();
        foreach (var name in Names)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, name.Length);
            rest = rest[(sizeof(int) + Encoding.ASCII.GetBytes(name, rest[sizeof(int)..]))..];
        }

        Encoding.ASCII.GetBytes(Text, rest);
        return bytes;
    }
}
