using System.Text;

namespace Federation.Gateway.Tests.BadInput;

/// <summary>Breaks inputs, the same way each time for one seed.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[][] Spoilers =
    [
        .. ((string[])["\"", "{", "}", "[", "]", ":", ",", "\\", "null", "true", "-", "0", "1e999", "-1e-999", "99999999999999999999999", "0x10", "\\ud800", "\\u0000", "\0", "\n", "\r\n\r\n", "&a ", "*a", "!!binary ",
            "---\n", "? ", "|", ">", "#", "%", "../", "/", "=", "==", "!=", " in (", ")", "(", ";", "''", "$patch", "$setElementOrder/containers", "~1", "/-", "🙂", "ﷺ", "Infinity", "NaN", "1Ki", "1m",
            "\"a\":1,\"a\":2,", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"]).Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0x80], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
    ];

    private readonly Random _random = new(seed);

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    public bool OneIn(int chances) => _random.Next(chances) == 0;

    public byte[] Mutate(byte[] input)
    {
        var bytes = new List<byte>(input);
        for (var rounds = 1 + _random.Next(4); rounds > 0; rounds--)
        {
            var at = _random.Next(bytes.Count + 1);
            var length = Math.Min(_random.Next(1, 24), bytes.Count - at);
            switch (_random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.RemoveRange(at, length);
                    bytes.InsertRange(at, Pick(Spoilers));
                    break;
                default:
                    bytes.InsertRange(at, Pick(Spoilers));
                    break;
            }
        }

        return [.. bytes];
    }

    public string Mutate(string input) => Encoding.UTF8.GetString(Mutate(Encoding.UTF8.GetBytes(input)));
}
