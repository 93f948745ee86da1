using System.Text;
using Federation.Gateway.Protobuf;

namespace Federation.Gateway.Tests.Protobuf;

public sealed class ProtobufBodyTests
{
    [Fact]
    public void ToJson_EveryFormOfField_IsWrittenUnderItsName()
    {
        var metadata = new Wire().Text(1, "web").Text(2, "").Bytes(8, new Wire().Varint(1, 1_700_000_000)).Entry(11, "tier", "prod").Entry(11, "zone", "")
            .Bytes(13, new Wire().Text(1, "App").Text(3, "web").Text(4, "u").Text(5, "federation/v1").Varint(6, 1)).Text(14, "federation/works").Text(14, "other/one")
            .Bytes(17, new Wire().Text(1, "kubectl").Bytes(7, new Wire().Text(1, """{"f:data":{}}""")));
        var body = Body("v1", "Event", new Wire().Bytes(1, metadata).Text(4, "hello").Varint(8, 3).Bytes(6, new Wire()).Bytes(10, new Wire().Varint(1, 1_700_000_000).Varint(2, 123_456_000)));

        Json(body).ShouldBe("""
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"web","creationTimestamp":"2023-11-14T22:13:20Z","labels":{"tier":"prod","zone":""},
            "ownerReferences":[{"apiVersion":"federation/v1","kind":"App","name":"web","uid":"u","controller":true}],"finalizers":["federation/works","other/one"],
            "managedFields":[{"manager":"kubectl","fieldsV1":{"f:data":{}}}]},"message":"hello","count":3,"eventTime":"2023-11-14T22:13:20.123456Z"}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void ToJson_BytesZeroesAndNegatives_KeepTheirMeaning()
    {
        Json(Body("v1", "Secret", new Wire().Bytes(2, new Wire().Text(1, "k").Bytes(2, [0xFF, 0x00])))).ShouldBe("""{"apiVersion":"v1","kind":"Secret","data":{"k":"/wA="}}""");
        Json(Body("autoscaling/v1", "Scale", new Wire().Bytes(2, new Wire().Varint(1, 0)))).ShouldBe("""{"apiVersion":"autoscaling/v1","kind":"Scale","spec":{"replicas":0}}""");
        Json(Body("v1", "DeleteOptions", new Wire().Varint(1, unchecked((ulong)-1L)))).ShouldBe("""{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":-1}""");
    }

    [Fact]
    public void ToJson_FieldsOfALaterVersion_AreLeftOut() =>
        Json(Body("v1", "ConfigMap", new Wire().Varint(99, 1).Text(100, "x").Varint(4, 1))).ShouldBe("""{"apiVersion":"v1","kind":"ConfigMap","immutable":true}""");

    [Fact]
    public void ToJson_SpecGivenInPieces_TheLastOneCounts() =>
        Json(Body("autoscaling/v1", "Scale", new Wire().Bytes(2, new Wire().Varint(1, 1)).Bytes(2, new Wire().Varint(1, 2)))).ShouldEndWith("""{"replicas":2}}""");

    public static TheoryData<string, byte[]> Wrong => new()
    {
        { "no magic", "{}"u8.ToArray() },
        { "nothing inside", "k8s\0"u8.ToArray() },
        { "unknown kind", Body("apps/v1", "Deployment", new Wire()) },
        { "cut off", Body("v1", "Namespace", new Wire().Text(1, "x"))[..^3] },
        { "length beyond the end", [.. "k8s\0"u8, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x07] },
        { "endless number", [.. "k8s\0"u8, 0x08, .. Enumerable.Repeat((byte)0xFF, 12)] },
        { "field zero", [.. "k8s\0"u8, 0x00, 0x00] },
        { "group", [.. "k8s\0"u8, 0x0B] },
        { "wrong form", Body("v1", "Namespace", new Wire().Varint(1, 1)) },
        { "no UTF-8", Body("v1", "Event", new Wire().Bytes(4, [0xC3, 0x28])) },
        { "no time", Body("v1", "Event", new Wire().Bytes(6, new Wire().Varint(1, long.MaxValue))) },
        { "no JSON", Body("v1", "Namespace", new Wire().Bytes(1, new Wire().Bytes(17, new Wire().Bytes(7, new Wire().Text(1, "{"))))) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void ToJson_NoSuchBody_IsRefused(string what, byte[] body) => Should.Throw<WireFormatException>(() => ProtobufBody.ToJson(body), what);

    private static string Json(byte[] body) => Encoding.UTF8.GetString(ProtobufBody.ToJson(body).Span);

    internal static byte[] Body(string apiVersion, string kind, Wire message) =>
        [.. "k8s\0"u8, .. new Wire().Bytes(1, new Wire().Text(1, apiVersion).Text(2, kind)).Bytes(2, message).Text(3, "").Text(4, "").ToArray()];
}

/// <summary>Writes the wire format.</summary>
internal sealed class Wire
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public Wire Varint(int number, ulong value) => Number((ulong)number << 3).Number(value);

    public Wire Text(int number, string text) => Bytes(number, Encoding.UTF8.GetBytes(text));

    public Wire Entry(int number, string key, string value) => Bytes(number, new Wire().Text(1, key).Text(2, value));

    public Wire Bytes(int number, Wire message) => Bytes(number, message.ToArray());

    public Wire Bytes(int number, byte[] bytes)
    {
        Number((ulong)number << 3 | 2).Number((ulong)bytes.Length);
        _bytes.AddRange(bytes);
        return this;
    }

    private Wire Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
        return this;
    }
}
