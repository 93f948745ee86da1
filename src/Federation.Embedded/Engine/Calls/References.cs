using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Calls;

/// <summary>Makes references: objects that implement a grain interface by sending every call to a target.</summary>
internal static class References
{
    private static readonly MethodInfo CreateMethod = typeof(References).GetMethods().Single(method => method is { Name: nameof(Create), IsGenericMethod: true });

    public static T Create<T>(CallTarget target) => (T)(object)Prototype<T>.Reference.For(target);

    public static object Create(Type interfaceType, CallTarget target)
    {
        if (!interfaceType.IsAssignableTo(typeof(IAddressable)))
            throw new ArgumentException($"{interfaceType} is not a grain interface.", nameof(interfaceType));
        return CreateMethod.MakeGenericMethod(interfaceType).Invoke(obj: null, [target])!;
    }

    /// <summary>One unbound reference per interface. Copying it is far cheaper than having another made.</summary>
    private static class Prototype<T>
    {
        public static readonly GrainReference Reference = Make();

        private static GrainReference Make()
        {
            var reference = (GrainReference)(object)DispatchProxy.Create<T, GrainReference>()!;
            reference.Bind(typeof(T));
            return reference;
        }
    }
}

/// <summary>The methods of all grain interfaces, shared by all engines of the process.</summary>
internal static class Methods
{
    private static readonly ConcurrentDictionary<MethodInfo, MethodModel> Models = new();

    public static MethodModel Of(MethodInfo method) => Models.GetOrAdd(method, static method => new MethodModel(method));
}
