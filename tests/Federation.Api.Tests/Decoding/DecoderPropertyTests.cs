using System.Text;
using Federation.Api.Json;
using Xunit.Abstractions;

namespace Federation.Api.Tests.Decoding;

public sealed class DecoderPropertyTests(ITestOutputHelper output)
{
    private static readonly string[] Fragments =
        ["null", "true", "-1", "1e400", "\"\"", "{}", "[]", "[[]]", "{\"a\":1}", "\"\\ud800\"", "\"10s\"", "\"200m\"", "18446744073709551616", ",", ":", "}", "\"", "\\"];

    [Theory]
    [InlineData(1)]
    [InlineData(20_261_122)]
    public void DecodeAndValidate_MutatedManifests_NeverThrowsAndNeverAcceptsWhatItCannotWriteBack(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        foreach (var (kind, text) in new[] { (Kinds.App, Manifests.Web), (Kinds.Cluster, Manifests.UsEast) })
        {
            for (var round = 0; round < 3_000; round++)
            {
                var body = Mutate(Encoding.UTF8.GetBytes(text), random);
                var result = kind.DecodeAndValidate(body);
                if (result.IsValid)
                    kind.DecodeAndValidate(ApiJson.Write(result.Resource!)).Errors.ShouldBeEmpty(Encoding.UTF8.GetString(body));
                else
                    result.Errors.ShouldNotBeEmpty();
            }
        }
    }

    [Fact]
    public void Decode_WhatWasWritten_IsTheSameObject()
    {
        foreach (var (kind, resource) in new[] { (Kinds.App, Kinds.App.Default(Manifests.App)), (Kinds.Cluster, Kinds.Cluster.Default(Manifests.Cluster)) })
        {
            var written = ApiJson.Write(resource, revision: 42);
            var read = kind.Decode(written);
            read.Errors.ShouldBeEmpty();
            read.Resource!.Metadata.ResourceVersion.ShouldBe("42");
            Encoding.UTF8.GetString(ApiJson.Write(read.Resource, 42)).ShouldBe(Encoding.UTF8.GetString(written));
        }
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        var bytes = body.ToList();
        for (var mutations = random.Next(1, 4); mutations > 0 && bytes.Count > 0; mutations--)
        {
            var at = random.Next(bytes.Count);
            var count = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    bytes.RemoveRange(at, count);
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, count));
                    break;
                default:
                    ReplaceScalar(bytes, at, Fragments[random.Next(Fragments.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Replaces the value after the next colon, so that most results are still JSON.</summary>
    private static void ReplaceScalar(List<byte> bytes, int from, string fragment)
    {
        var colon = bytes.IndexOf((byte)':', from);
        if (colon < 0)
            return;
        var end = bytes.FindIndex(colon, value => value is (byte)',' or (byte)'}' or (byte)'{' or (byte)'[');
        if (end < 0)
            return;
        bytes.RemoveRange(colon + 1, end - colon - 1);
        bytes.InsertRange(colon + 1, Encoding.UTF8.GetBytes(fragment));
    }
}
