using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Federation.Api.Json;

/// <summary>Whether values have one stored form, without writing it down: what <c>with</c> left alone is one and the same record and is not looked into.</summary>
internal static class StoredEquality
{
    public static bool AreEqual(object? left, object? right, JsonTypeInfo info)
    {
        if (ReferenceEquals(left, right))
            return true;
        if (left is null || right is null)
            return false;
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => info.Properties.All(property => AreEqual(property, left, right, info)),
            JsonTypeInfoKind.Enumerable => AreEqual((IEnumerable)left, (IEnumerable)right, info.Options.GetTypeInfo(info.ElementType!)),
            JsonTypeInfoKind.None => AreEqualValues(left, right, info),
            _ => AreWrittenAlike(left, right, info),
        };
    }

    private static bool AreEqual(JsonPropertyInfo property, object left, object right, JsonTypeInfo owner)
    {
        if (property.Get is not { } get)
            return true;
        var (before, after) = (get(left), get(right));
        if (ReferenceEquals(before, after))
            return true;
        var (isBefore, isAfter) = (IsWritten(property, left, before), IsWritten(property, right, after));
        if (!isBefore || !isAfter)
            return isBefore == isAfter;
        // A converter of the property's own is reached only through its owner.
        return property.CustomConverter is null
            ? AreEqual(before, after, owner.Options.GetTypeInfo(property.PropertyType))
            : AreIdentical(before!, after!) || AreWrittenAlike(left, right, owner);
    }

    /// <summary>Equal quantities may be written in two ways (<c>1</c>, <c>1000m</c>), times that differ in one.</summary>
    private static bool AreEqualValues(object left, object right, JsonTypeInfo info) => left is string or bool or int or long or Enum
        ? left.Equals(right)
        : AreIdentical(left, right) || AreWrittenAlike(left, right, info);

    private static bool AreIdentical(object left, object right) => left switch
    {
        DateTimeOffset time => right is DateTimeOffset other && time.EqualsExact(other),
        TimeSpan or Enum => left.Equals(right),
        _ => false,
    };

    private static bool IsWritten(JsonPropertyInfo property, object owner, object? value) =>
        value is not null && property.ShouldSerialize?.Invoke(owner, value) != false;

    private static bool AreEqual(IEnumerable left, IEnumerable right, JsonTypeInfo element)
    {
        var (before, after) = (left.GetEnumerator(), right.GetEnumerator());
        while (before.MoveNext())
        {
            if (!after.MoveNext() || !AreEqual(before.Current, after.Current, element))
                return false;
        }

        return !after.MoveNext();
    }

    private static bool AreWrittenAlike(object left, object right, JsonTypeInfo info) =>
        JsonSerializer.SerializeToUtf8Bytes(left, info).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(right, info));
}
