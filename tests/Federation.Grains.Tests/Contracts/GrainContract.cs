using System.Reflection;
using System.Text;

namespace Federation.Grains.Tests.Contracts;

/// <summary>Everything of an assembly that another version of it sees on the wire or in ids, as text; the same on either engine.</summary>
internal static class GrainContract
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> Interfaces(Assembly assembly) => Written(assembly)
        .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IAddressable)));

    public static IEnumerable<Type> Serialised(Assembly assembly) => Written(assembly)
        .Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false));

    public static IEnumerable<Type> Classes(Assembly assembly) => Written(assembly)
        .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IGrainBase)));

    public static string? AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias;

    /// <summary>The stored members of a serialised type. Those of a record's machinery are not among them.</summary>
    public static IEnumerable<PropertyInfo> StoredMembers(Type type) => type.GetProperties(Members)
        .Where(property => property.GetMethod is { IsVirtual: false, IsStatic: false } || property.SetMethod is not null)
        .Where(property => type.GetField($"<{property.Name}>k__BackingField", Members) is not null)
        .Where(property => property.Name != "EqualityContract");

    public static uint? IdOf(PropertyInfo property) => property.GetCustomAttribute<IdAttribute>()?.Id;

    public static string Render(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in Classes(assembly).OrderBy(ClassName, StringComparer.Ordinal))
            text.Append("grain ").Append(ClassName(type)).Append('\n');
        foreach (var type in Interfaces(assembly).OrderBy(AliasOf, StringComparer.Ordinal))
        {
            text.Append("\ninterface ").Append(AliasOf(type)).Append('\n');
            foreach (var method in type.GetMethods().OrderBy(AliasOf, StringComparer.Ordinal))
                text.Append("  ").Append(AliasOf(method)).Append('(').AppendJoin(", ", method.GetParameters().Select(parameter => NameOf(parameter.ParameterType))).Append("): ").Append(NameOf(method.ReturnType)).Append('\n');
        }

        foreach (var type in Serialised(assembly).OrderBy(AliasOf, StringComparer.Ordinal))
        {
            text.Append("\ntype ").Append(AliasOf(type)).Append('\n');
            if (type.IsEnum)
            {
                foreach (var name in Enum.GetNames(type))
                    text.Append("  ").Append(Convert.ToInt64(Enum.Parse(type, name))).Append(' ').Append(name).Append('\n');
                continue;
            }

            foreach (var member in StoredMembers(type).OrderBy(IdOf))
                text.Append("  ").Append(IdOf(member)).Append(' ').Append(member.Name).Append(": ").Append(NameOf(member.PropertyType)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Types a person wrote: an engine's generated ones live in namespaces of their own.</summary>
    private static IEnumerable<Type> Written(Assembly assembly) => assembly.GetTypes()
        .Where(type => type.Namespace?.StartsWith("Federation.", StringComparison.Ordinal) == true);

    private static string ClassName(Type type)
    {
        var attribute = type.GetCustomAttributesData().SingleOrDefault(data => data.AttributeType == typeof(GrainTypeAttribute));
        return attribute?.ConstructorArguments[0].Value as string ?? $"(unnamed {type.Name})";
    }

    private static string NameOf(Type type)
    {
        if (!type.IsGenericType)
            return AliasOf(type) ?? type.Name;
        var name = type.Name[..type.Name.IndexOf('`')];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }
}
